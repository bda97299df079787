"""SMS: Twilio sends and receives, MessageBird (Bird) receives."""

from channels_app.providers.sms.provider import SmsConfig, SmsProvider
from channels_app.providers.sms.segments import segments

__all__ = ["SmsConfig", "SmsProvider", "segments"]
