"""From this repository to what others use: the students' template, bundles for graders, wheels."""
