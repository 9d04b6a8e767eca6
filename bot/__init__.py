"""What only the Rasa process loads: the turn channel, own components, domain, endpoints and credentials."""
