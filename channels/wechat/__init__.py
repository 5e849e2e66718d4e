"""The WeChat door: an official account's callback in, passive replies and customer-service messages out."""
