-- WITHOUT ROWID, which drizzle-kit cannot write: rows lie in the order of their keys, once instead of twice.
CREATE TABLE `__new_candidate_rows` (
	`shard_id` integer NOT NULL,
	`row` integer NOT NULL,
	`candidate_id` text NOT NULL,
	PRIMARY KEY(`shard_id`, `row`),
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`candidate_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_candidate_rows`(`shard_id`, `row`, `candidate_id`) SELECT `shard_id`, `row`, `candidate_id` FROM `candidate_rows`;--> statement-breakpoint
DROP TABLE `candidate_rows`;--> statement-breakpoint
ALTER TABLE `__new_candidate_rows` RENAME TO `candidate_rows`;--> statement-breakpoint
CREATE INDEX `candidate_rows_by_candidate` ON `candidate_rows` (`candidate_id`);--> statement-breakpoint
CREATE TABLE `__new_verdicts` (
	`candidate_id` text NOT NULL,
	`judge` text NOT NULL,
	`question` text NOT NULL,
	`step` integer NOT NULL,
	`kind` text NOT NULL,
	`score` real,
	`opinions` text,
	`reason` text,
	PRIMARY KEY(`candidate_id`, `judge`, `question`, `step`),
	FOREIGN KEY (`candidate_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_verdicts`(`candidate_id`, `judge`, `question`, `step`, `kind`, `score`, `opinions`, `reason`) SELECT `candidate_id`, `judge`, `question`, `step`, `kind`, `score`, `opinions`, `reason` FROM `verdicts` ORDER BY 1, 2, 3, 4;--> statement-breakpoint
DROP TABLE `verdicts`;--> statement-breakpoint
ALTER TABLE `__new_verdicts` RENAME TO `verdicts`;
