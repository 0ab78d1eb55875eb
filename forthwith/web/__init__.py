"""Pages for responders, legal and affected people, and the doors for webhooks."""
