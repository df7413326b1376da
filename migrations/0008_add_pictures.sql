CREATE TABLE `pictures` (
	`sha256` text PRIMARY KEY NOT NULL,
	`format` text NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`bytes` integer NOT NULL,
	`place` text NOT NULL,
	`looks` text NOT NULL
);
--> statement-breakpoint
-- Written anew: a picture has no sampler settings, and perhaps no seed.
CREATE TABLE `__new_candidates` (
	`id` text PRIMARY KEY NOT NULL,
	`prompt_id` text NOT NULL,
	`checkpoint` text NOT NULL,
	`settings_hash` text,
	`seed` integer,
	`forks` text,
	`correction` text,
	`steps` integer NOT NULL,
	`nfe` integer,
	`status` text NOT NULL,
	`reason` text NOT NULL,
	`grid` text,
	`picture` text,
	`metadata` text,
	FOREIGN KEY (`prompt_id`) REFERENCES `prompts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`settings_hash`) REFERENCES `sampler_settings`(`hash`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`picture`) REFERENCES `pictures`(`sha256`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_candidates`("id", "prompt_id", "checkpoint", "settings_hash", "seed", "forks", "correction", "steps", "nfe", "status", "reason", "grid") SELECT "id", "prompt_id", "checkpoint", "settings_hash", "seed", "forks", "correction", "steps", "nfe", "status", "reason", "grid" FROM `candidates`;--> statement-breakpoint
DROP TABLE `candidates`;--> statement-breakpoint
ALTER TABLE `__new_candidates` RENAME TO `candidates`;--> statement-breakpoint
CREATE INDEX `candidates_by_prompt` ON `candidates` (`prompt_id`);--> statement-breakpoint
CREATE INDEX `candidates_by_grid` ON `candidates` (`grid`);--> statement-breakpoint
ALTER TABLE `evaluation_items` ADD `score` real;