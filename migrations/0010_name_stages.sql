CREATE TABLE `removals` (
	`place` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE `stages` ADD `title` text;--> statement-breakpoint
ALTER TABLE `stages` ADD `note` text;--> statement-breakpoint
ALTER TABLE `stages` ADD `pace` text;--> statement-breakpoint
CREATE UNIQUE INDEX `stages_by_title` ON `stages` (`title`);