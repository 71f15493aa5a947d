-- Spikes that were open when alerts got subjects are of posts: only so can they end.

update alerts set subject = 'posts' where rule = 'spike' and subject = '';
