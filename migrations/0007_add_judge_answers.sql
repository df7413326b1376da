CREATE TABLE `judge_answers` (
	`judge` text NOT NULL,
	`key` text NOT NULL,
	`answer` text,
	`reason` text,
	`calls` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cost` real NOT NULL,
	`answered_at` integer NOT NULL,
	PRIMARY KEY(`judge`, `key`)
);
--> statement-breakpoint
ALTER TABLE `verdicts` ADD `parts` text;