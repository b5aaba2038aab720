"""The Compare tab. A visitor's question goes in, charts, tables and words come out.

tab          the components, connected with what their events run
events       what the events run
views        parts of the tab with their own events: one description and its look-alikes
api          the endpoints, for programs
comparison   Question, Answer: everything a comparison shows
text         headline, notes and tables
chart_style  the one style of all charts
taking       what a visitor takes along: the address, files, the chart, Python
walk_through a minute's walk through the tab
asked        what an address asks of the tab, and the address of what it shows
kept         boxes that are kept by their names
turns        the newest of a visitor's requests is answered; what takes long can be stopped
samples      the sample images
shell        what surrounds the tabs: theme, style, script, the tab in the address
components   helpers for components and events
templates    the HTML templates, in the folder of that name, escaped
launch       how the page starts: nothing leaves the machine, no proxy in between
"""
