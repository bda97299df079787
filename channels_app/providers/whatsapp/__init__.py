from channels_app.providers.whatsapp.config import WhatsAppConfig
from channels_app.providers.whatsapp.provider import WhatsAppProvider

__all__ = ["WhatsAppConfig", "WhatsAppProvider"]
