"""Things on the web: every address of ours answers, as a page or as data.

https://www.w3.org/TR/cooluris/#r303gendocument. A thing (a measure, a State, a coded value) is no
document: its address leads on with 303 to one that describes it, `/page/…` in HTML or `/data/…` in
a format of RDF. `addresses` says which address is where, `known` which there are, `description`
what the graph says of one, `labels` how things are called; `graphs` and `jsonld` write that as
data, `view` and `schema_org` for a page; `routes` answers requests.
"""
