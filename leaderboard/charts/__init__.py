"""Points go in, Vega-Lite comes out.

trade_off     fine detail against coarse retrieval
figure        one figure, best first
label_places  where the names stand
head          the charts inside a head
"""
