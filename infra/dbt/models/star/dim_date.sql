-- The days of the loads.
SELECT DISTINCT
  {{ date_key("load_date") }} AS date_key,
  load_date AS date_day,
  CAST(extract(YEAR FROM load_date) AS BIGINT) AS year,
  CAST(extract(MONTH FROM load_date) AS BIGINT) AS month,
  CAST(date_trunc('week', load_date) AS DATE) AS week
FROM {{ ref('stg_fermata__tracks') }}
