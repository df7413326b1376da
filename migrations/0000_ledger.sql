CREATE TABLE `artifacts` (
	`stage_id` text NOT NULL,
	`kind` text NOT NULL,
	`file` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`stage_id`, `file`),
	FOREIGN KEY (`stage_id`) REFERENCES `stages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `candidate_rows` (
	`shard_id` integer NOT NULL,
	`row` integer NOT NULL,
	`candidate_id` text NOT NULL,
	PRIMARY KEY(`shard_id`, `row`),
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`candidate_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `candidate_rows_by_candidate` ON `candidate_rows` (`candidate_id`);--> statement-breakpoint
CREATE TABLE `candidates` (
	`id` text PRIMARY KEY NOT NULL,
	`prompt_id` text NOT NULL,
	`checkpoint` text NOT NULL,
	`settings_hash` text NOT NULL,
	`seed` integer NOT NULL,
	`steps` integer NOT NULL,
	`status` text NOT NULL,
	`reason` text NOT NULL,
	FOREIGN KEY (`prompt_id`) REFERENCES `prompts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`settings_hash`) REFERENCES `sampler_settings`(`hash`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `candidates_by_prompt` ON `candidates` (`prompt_id`);--> statement-breakpoint
CREATE TABLE `checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`family` text NOT NULL,
	`name` text NOT NULL,
	`location` text NOT NULL,
	`parents` text NOT NULL,
	`stage_id` text,
	`pair_set_hash` text,
	`record` text NOT NULL,
	FOREIGN KEY (`stage_id`) REFERENCES `stages`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `evaluation_items` (
	`stage_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`sample` integer NOT NULL,
	`shard_id` integer NOT NULL,
	`candidate_id` text NOT NULL,
	`correct` integer NOT NULL,
	`reason` text NOT NULL,
	`held_out_score` real,
	`detections` text NOT NULL,
	PRIMARY KEY(`stage_id`, `prompt_id`, `sample`),
	FOREIGN KEY (`stage_id`) REFERENCES `evaluations`(`stage_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`prompt_id`) REFERENCES `prompts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`candidate_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `evaluations` (
	`stage_id` text PRIMARY KEY NOT NULL,
	`checkpoint` text NOT NULL,
	`label` text NOT NULL,
	`selection` text NOT NULL,
	`detector` text NOT NULL,
	`judge` text,
	`prompt_set_hash` text NOT NULL,
	`settings` text NOT NULL,
	FOREIGN KEY (`stage_id`) REFERENCES `stages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `evaluations_by_checkpoint` ON `evaluations` (`checkpoint`);--> statement-breakpoint
CREATE TABLE `lease` (
	`id` integer PRIMARY KEY NOT NULL,
	`pid` integer NOT NULL,
	`host` text NOT NULL,
	`started` text NOT NULL,
	`heartbeat` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pairs` (
	`shard_id` integer NOT NULL,
	`row` integer NOT NULL,
	`id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`chosen_id` text NOT NULL,
	`rejected_id` text NOT NULL,
	`chosen_score` real NOT NULL,
	`rejected_score` real NOT NULL,
	`margin` real NOT NULL,
	`policy` text NOT NULL,
	`review` text NOT NULL,
	PRIMARY KEY(`shard_id`, `row`),
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`prompt_id`) REFERENCES `prompts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`chosen_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`rejected_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `pairs_by_id` ON `pairs` (`id`);--> statement-breakpoint
CREATE INDEX `pairs_by_prompt` ON `pairs` (`prompt_id`);--> statement-breakpoint
CREATE TABLE `prompt_rows` (
	`shard_id` integer NOT NULL,
	`row` integer NOT NULL,
	`prompt_id` text NOT NULL,
	PRIMARY KEY(`shard_id`, `row`),
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`prompt_id`) REFERENCES `prompts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `prompts` (
	`id` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL,
	`tag` text,
	`metadata` text
);
--> statement-breakpoint
CREATE TABLE `rounds` (
	`run_id` text NOT NULL,
	`number` integer NOT NULL,
	`reference_policy` text,
	`manifest` text NOT NULL,
	`from_checkpoint` text,
	`to_checkpoint` text,
	`promoted` integer,
	PRIMARY KEY(`run_id`, `number`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`pipeline` text NOT NULL,
	`config_hash` text NOT NULL,
	`config` text NOT NULL,
	`progress` text NOT NULL,
	`message` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sampler_settings` (
	`hash` text PRIMARY KEY NOT NULL,
	`settings` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `shards` (
	`id` integer PRIMARY KEY NOT NULL,
	`stage_id` text NOT NULL,
	`shard_index` integer NOT NULL,
	`file` text,
	`sha256` text,
	`rows` integer NOT NULL,
	`committed_at` integer NOT NULL,
	FOREIGN KEY (`stage_id`) REFERENCES `stages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `shards_by_stage` ON `shards` (`stage_id`,`shard_index`);--> statement-breakpoint
CREATE TABLE `stages` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text NOT NULL,
	`round` integer NOT NULL,
	`name` text NOT NULL,
	`inputs_hash` text NOT NULL,
	`inputs` text NOT NULL,
	`planned_shards` integer,
	`progress` text NOT NULL,
	`message` text,
	`summary` text,
	`started_at` integer NOT NULL,
	`finished_at` integer,
	FOREIGN KEY (`run_id`,`round`) REFERENCES `rounds`(`run_id`,`number`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `stages_by_run` ON `stages` (`run_id`,`round`,`name`);--> statement-breakpoint
CREATE TABLE `verdicts` (
	`candidate_id` text NOT NULL,
	`judge` text NOT NULL,
	`question` text NOT NULL,
	`step` integer NOT NULL,
	`kind` text NOT NULL,
	`score` real,
	`reason` text,
	PRIMARY KEY(`candidate_id`, `judge`, `question`, `step`),
	FOREIGN KEY (`candidate_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
);
