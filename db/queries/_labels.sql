-- mislabelled: what is wrong with the asked sentiment.
mislabelled(sentence) as materialized (
  select 'sentiment: write negative, neutral, positive or unscored, not ' || :sentiment
    where :sentiment not in ('', 'negative', 'neutral', 'positive', 'unscored')
)
