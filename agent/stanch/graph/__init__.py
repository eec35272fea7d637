"""The graph: the only LangGraph code. Start reading at build."""
