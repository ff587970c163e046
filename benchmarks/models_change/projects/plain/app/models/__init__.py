from .base import Base
from .courses import Course
from .people import Student, Teacher

__all__ = ["Base", "Course", "Student", "Teacher"]
