"""How CourseHub is started: the demo on one machine, the compose stack, the images."""
