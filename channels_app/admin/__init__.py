from channels_app.admin import channel, entity

__all__ = ["channel", "entity"]
