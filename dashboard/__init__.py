"""The Streamlit dashboard: build a grid, launch it, watch it, read its curves, scale its workers."""
