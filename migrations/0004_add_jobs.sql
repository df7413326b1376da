CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`address` text NOT NULL,
	`progress` text NOT NULL,
	`message` text,
	`started_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE TABLE `shard_faults` (
	`id` integer PRIMARY KEY NOT NULL,
	`stage_id` text NOT NULL,
	`shard_index` integer NOT NULL,
	`attempt` integer NOT NULL,
	`worker` text,
	`reason` text NOT NULL,
	`set_aside` integer NOT NULL,
	`failed_at` integer NOT NULL,
	FOREIGN KEY (`stage_id`) REFERENCES `stages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `shard_faults_by_stage` ON `shard_faults` (`stage_id`);--> statement-breakpoint
ALTER TABLE `shards` ADD `seconds` real;--> statement-breakpoint
ALTER TABLE `shards` ADD `units` integer;--> statement-breakpoint
ALTER TABLE `shards` ADD `bytes` integer;