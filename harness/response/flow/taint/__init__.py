"""What texts and objects of a program may be made of: constants, numbers, or what somebody else sends."""
