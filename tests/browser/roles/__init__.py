"""What the people of a reporting year do at their browsers, each role in the words of its own work."""
