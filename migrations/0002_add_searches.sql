CREATE TABLE `searches` (
	`stage_id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`shard_id` integer NOT NULL,
	`chosen_id` text,
	`reason` text NOT NULL,
	`nfe` integer NOT NULL,
	`sampled_nfe` integer NOT NULL,
	`judge_calls` integer NOT NULL,
	`failed_verdicts` integer NOT NULL,
	`seconds` real NOT NULL,
	`first_row` integer NOT NULL,
	`paths` integer NOT NULL,
	PRIMARY KEY(`stage_id`, `prompt_id`, `attempt`),
	FOREIGN KEY (`stage_id`) REFERENCES `stages`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`prompt_id`) REFERENCES `prompts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`chosen_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `candidates` ADD `forks` text;--> statement-breakpoint
ALTER TABLE `candidates` ADD `correction` text;--> statement-breakpoint
ALTER TABLE `candidates` ADD `nfe` integer;--> statement-breakpoint
ALTER TABLE `verdicts` ADD `opinions` text;