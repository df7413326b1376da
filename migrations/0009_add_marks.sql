CREATE TABLE `marks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`person` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`decision` text,
	`flagged` integer NOT NULL,
	`note` text NOT NULL,
	`said_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `marks_by_subject` ON `marks` (`subject`,`id`);