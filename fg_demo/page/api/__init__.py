"""What programs ask of the page: over HTTP, by gradio's client, and by the Model Context Protocol (MCP).

values     parameters and answers with their JSON schemas; nothing is fetched for a caller
endpoints  /compare, /heads and /lookalikes
tools      the endpoints as MCP tools, where the `mcp` package is installed
"""
