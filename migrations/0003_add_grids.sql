ALTER TABLE `candidates` ADD `grid` text;--> statement-breakpoint
ALTER TABLE `pairs` ADD `shared_steps` integer;