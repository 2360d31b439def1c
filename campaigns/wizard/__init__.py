"""The five steps that make and edit a campaign. The draft row is the storage: every step saves into it.

steps    the steps as named objects, and how far a campaign has come
kept     what was typed but not saved yet, in the session
"""
