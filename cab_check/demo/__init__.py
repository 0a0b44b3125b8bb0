"""The embedded endpoint: an OpenAI-compatible server on loopback that plays actors."""

from cab_check.demo.server import DemoServer, serve

__all__ = ["DemoServer", "serve"]
