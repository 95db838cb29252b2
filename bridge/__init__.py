"""The rules of the store-social escalation bridge. No Flask and no marshmallow in here.

A promise made on social media becomes an escalation with a reference code. Five acts
make its life, and each has the same word in every layer:

* `intake`: a post comes in and one agent claims the thread it belongs to.
* `promises`: the agent promises something; the right to do so is checked and frozen,
  a lead approves what is over the agent's limit, and the code is issued.
* `counter`: the store looks the code up, then honours, declines or acknowledges, once.
* `outcomes`: what happened goes back to the agent's board and to signed webhooks.
* `audit`: every change is a link in the escalation's hash chain and, where value
  moved, a pair of ledger entries.

Start reading at `lifecycle.py` (the whole life as one table), then `verdicts.py`,
then `services/counter.py`. Pure rules stand directly in this package; `services`
tell the story in order, `queries` hold the SQL, `models` the schema.
"""
