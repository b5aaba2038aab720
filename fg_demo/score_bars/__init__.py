"""The component that shows scores as bars, and blends CLIP's cosine with a head while one moves a slider."""
