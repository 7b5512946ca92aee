-- What each way to find artists has cost and brought in the run.
SELECT
    source, count(*) AS terms, sum(requests) AS requests, sum(artists_new) AS artists_new,
    round(1e0 * sum(artists_new) / nullif(sum(requests), 0), 2) AS new_per_request
FROM terms
GROUP BY source
ORDER BY artists_new DESC, source
