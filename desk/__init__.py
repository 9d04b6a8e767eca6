"""The domain: complaints, promises, the three changes and the people who keep them. No web framework in here."""
