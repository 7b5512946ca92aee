-- The days of the loads.
{{ newest('dim_date', 'date_key', [
  'date_key',
  'CAST(date_key AS DATE) AS date_day',
  'year',
  'month',
  'CAST(week AS DATE) AS week',
]) }}
