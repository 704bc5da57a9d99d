"""The words for people in Finnish, Swedish and English."""
