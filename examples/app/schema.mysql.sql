-- What the app keeps, in MySQL. Run as the app's own account, in the app's own database; the copy of a move brings it along.
CREATE TABLE IF NOT EXISTS notes (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  author text NOT NULL,
  text text NOT NULL,
  at datetime(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6))
) DEFAULT CHARACTER SET utf8mb4;
