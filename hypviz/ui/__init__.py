"""The Streamlit side: session state, background jobs, shared controls. The only package under hypviz that imports streamlit."""
