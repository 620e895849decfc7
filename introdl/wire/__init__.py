"""What the autograder's processes say to each other: data, and nothing that runs."""
