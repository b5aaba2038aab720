"""The Leaderboard, Quiz and Submit tabs.

templates           the HTML of both, escaped
tab                 the components of the Leaderboard tab, and the endpoint /leaderboard
events              what their events run
panels              the two panels' events
table               the table
summary             the sentence above it
problems            files that are no records
head_panel          inside one head
head_facts          its facts
gallery             its errors and fixes as pictures
side_by_side_panel  two to four heads
side_by_side        their figures
game                the Quiz tab
submit_tab          the Submit tab
submit_text         its words
"""
