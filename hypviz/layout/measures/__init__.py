"""What a layout keeps: of the rows it was made from, and of a tree."""
