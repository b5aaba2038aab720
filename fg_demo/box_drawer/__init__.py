"""The component on which a visitor draws a box: component (Python), template.html, style.css and its scripts."""
