-- A million events on sixteen cameras over two years, skewed as real ones are: a few cameras have most of the traffic, and most
-- events are persons. For `bench_events` and for `make bench`, on a migrated database that has sixteen cameras and no event.
INSERT INTO events (key, kind, camera_id, source_generation, label, ts, end_ts, confidence, num_tracks, clip_status, clip_path,
                    clip_start, clip_end, clip_gaps, clip_bytes, thumbnail_path)
SELECT gen_random_uuid(), 'track', camera.id, 1, label, ts, ts + interval '9 s', 0.8, 1, 'ready', 'clips/' || n || '.mp4',
       ts - interval '5 s', ts + interval '19 s', '[]', 4000000, 'thumbnails/' || n || '.jpg'
FROM (SELECT n,
             (array['person', 'person', 'person', 'person', 'person', 'car', 'car', 'bicycle'])[ceil(8 * random())] AS label,
             ceil(16 * random() * random()) AS place,
             timestamptz '2024-11-23Z' + random() * interval '730 days' AS ts
      FROM generate_series(1, 1000000) AS n) AS drawn
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM cameras) AS camera USING (place);
