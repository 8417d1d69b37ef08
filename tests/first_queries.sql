-- The contacts of each active customer
SELECT c.title AS customer, p.firstname, p.lastname, p.email, p.phone
FROM tap_frontcore.customers c
JOIN tap_frontcore.customer_contacts p ON p.customer_id = c.id
WHERE c."idStatus" = '1'
ORDER BY c.title, p.lastname;

-- Who may be written to, for which purpose and by which legal basis
SELECT b."user"->>'email' AS email, b.purpose->>'title' AS purpose, b.legal_basis->>'title' AS legal_basis
FROM tap_frontcore.legal_bases b
WHERE b.deleted_at IS NULL
  AND b.legal_basis->>'id' <> '11'
  AND NOT EXISTS (
    SELECT 1
    FROM tap_frontcore.legal_bases w  -- withdrawn since then
    WHERE w."user"->>'id' = b."user"->>'id'
      AND w.purpose->>'id' = b.purpose->>'id'
      AND w.legal_basis->>'id' = '11'
      AND w.updated_at >= b.updated_at
  )
ORDER BY email;

-- The free seats of the course dates to come, and who takes part (1 confirmed, 7 unconfirmed)
SELECT k.title AS course, d.start_at, l.title AS location,
       CAST(d.seats->'free'->>'num' AS bigint) AS free_seats, count(p.id) AS participants
FROM tap_frontcore.course_dates d
JOIN tap_frontcore.courses k ON k.id = d.course_id
LEFT JOIN tap_frontcore.locations l ON l.id = d.location_id
LEFT JOIN tap_frontcore.participants p
  ON CAST(p.coursedate->>'id' AS bigint) = d.coursedate_id
  AND p.status->>'status_code' IN ('1', '7')
WHERE d.deleted_at IS NULL AND CAST(d.start_at AS date) >= current_date
GROUP BY d.coursedate_id, k.title, d.start_at, l.title, d.seats
ORDER BY d.start_at;

-- The price of each course
SELECT k.title AS course, m.title AS product, m.price, m.currency->>'title' AS currency
FROM tap_frontcore.courses k
JOIN tap_frontcore.products m ON m.id_relation = k.id AND m.id_type = 2
WHERE NOT m.is_deleted
ORDER BY k.title;

-- The orders of each customer
SELECT c.title AS customer, count(*) AS orders, count(*) FILTER (WHERE NOT o.is_paid) AS unpaid
FROM tap_frontcore.orders o
JOIN tap_frontcore.customers c ON c.id = CAST(o.customer->>'id' AS bigint)
GROUP BY c.id, c.title
ORDER BY orders DESC, customer;

-- The customers that changed this week
SELECT id, title, updated_at
FROM tap_frontcore.customers
WHERE updated_at >= now() AT TIME ZONE 'UTC' - INTERVAL '7 days'
ORDER BY updated_at DESC;

-- Whether each list is fresh and complete, by its last run
SELECT s.stream, s.ended_at >= now() AT TIME ZONE 'UTC' - INTERVAL '1 day' AS is_fresh,
       s.is_complete, s.ended_at, s.records, s.failure, s.doubt
FROM tap_frontcore.sync_runs s
WHERE s.ended_at = (
  SELECT max(r.ended_at) FROM tap_frontcore.sync_runs r WHERE r.stream = s.stream
)
ORDER BY s.stream;
