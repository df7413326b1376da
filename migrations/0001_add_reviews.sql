CREATE TABLE `reviews` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`reviewer` text NOT NULL,
	`stage_id` text NOT NULL,
	`left_id` text NOT NULL,
	`right_id` text NOT NULL,
	`answer` text NOT NULL,
	`undoes` integer,
	`said_at` integer NOT NULL,
	FOREIGN KEY (`left_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`right_id`) REFERENCES `candidates`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`undoes`) REFERENCES `reviews`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `reviews_by_images` ON `reviews` (`left_id`,`right_id`);--> statement-breakpoint
CREATE INDEX `reviews_by_reviewer` ON `reviews` (`reviewer`,`stage_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `reviews_undone` ON `reviews` (`undoes`);