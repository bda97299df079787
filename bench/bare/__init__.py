"""The least a durable webhook costs in Django: one view, one INSERT, no middleware. Served like the product."""
