"""The questions of users and the records that answer them."""
