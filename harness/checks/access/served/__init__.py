"""What guards the endpoints of other frameworks than Express, decided on the common form."""
