-- WITHOUT ROWID and triggers, which drizzle-kit cannot write: verdicts are counted as they are written.
CREATE TABLE `score_tallies` (
	`shard_id` integer NOT NULL,
	`judge` text NOT NULL,
	`question` text NOT NULL,
	`tenth` integer NOT NULL,
	`verdicts` integer NOT NULL,
	PRIMARY KEY(`shard_id`, `judge`, `question`, `tenth`),
	FOREIGN KEY (`shard_id`) REFERENCES `shards`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `score_tallies`(`shard_id`, `judge`, `question`, `tenth`, `verdicts`) SELECT `shard_id`, `judge`, `question`, CASE WHEN `kind` = 'scored' THEN min(9, CAST(`score` * 10 AS INTEGER)) ELSE -1 END, count(*) FROM `candidate_rows` JOIN `verdicts` USING (`candidate_id`) GROUP BY 1, 2, 3, 4;
--> statement-breakpoint
CREATE TRIGGER `tally_new_verdict` AFTER INSERT ON `verdicts` BEGIN
	INSERT INTO `score_tallies` SELECT `shard_id`, new.`judge`, new.`question`, CASE WHEN new.`kind` = 'scored' THEN min(9, CAST(new.`score` * 10 AS INTEGER)) ELSE -1 END, 1 FROM `candidate_rows` WHERE `candidate_id` = new.`candidate_id` ON CONFLICT DO UPDATE SET `verdicts` = `verdicts` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `tally_changed_verdict` AFTER UPDATE OF `kind`, `score` ON `verdicts` BEGIN
	UPDATE `score_tallies` SET `verdicts` = `verdicts` - 1 WHERE `shard_id` IN (SELECT `shard_id` FROM `candidate_rows` WHERE `candidate_id` = old.`candidate_id`) AND `judge` = old.`judge` AND `question` = old.`question` AND `tenth` = CASE WHEN old.`kind` = 'scored' THEN min(9, CAST(old.`score` * 10 AS INTEGER)) ELSE -1 END;
	INSERT INTO `score_tallies` SELECT `shard_id`, new.`judge`, new.`question`, CASE WHEN new.`kind` = 'scored' THEN min(9, CAST(new.`score` * 10 AS INTEGER)) ELSE -1 END, 1 FROM `candidate_rows` WHERE `candidate_id` = new.`candidate_id` ON CONFLICT DO UPDATE SET `verdicts` = `verdicts` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `tally_lost_verdict` AFTER DELETE ON `verdicts` BEGIN
	UPDATE `score_tallies` SET `verdicts` = `verdicts` - 1 WHERE `shard_id` IN (SELECT `shard_id` FROM `candidate_rows` WHERE `candidate_id` = old.`candidate_id`) AND `judge` = old.`judge` AND `question` = old.`question` AND `tenth` = CASE WHEN old.`kind` = 'scored' THEN min(9, CAST(old.`score` * 10 AS INTEGER)) ELSE -1 END;
END;
--> statement-breakpoint
CREATE TRIGGER `tally_placed_candidate` AFTER INSERT ON `candidate_rows` BEGIN
	INSERT INTO `score_tallies` SELECT new.`shard_id`, `judge`, `question`, CASE WHEN `kind` = 'scored' THEN min(9, CAST(`score` * 10 AS INTEGER)) ELSE -1 END, 1 FROM `verdicts` WHERE `candidate_id` = new.`candidate_id` ON CONFLICT DO UPDATE SET `verdicts` = `verdicts` + 1;
END;
