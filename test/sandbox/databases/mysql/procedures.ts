/**
 * The procedures by which the master user of RDS replicates from elsewhere (RDS User Guide, "Configuring, starting, and stopping binary
 * log replication") and ends sessions of others ("Ending a session or query for RDS for MySQL"): they run as `rdsadmin`, because the
 * master user may not do what they do. They must not be kinder than RDS's.
 */

/** A procedure's parameters and body. */
interface Procedure {
  readonly parameters: string;
  readonly body: string;
}

const refuse = (words: string): string => `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${words}'`;
const run = (statement: string): string =>
  `SET @rds = ${statement}; PREPARE rds FROM @rds; EXECUTE rds; DEALLOCATE PREPARE rds; SET @rds = NULL;`;

/** Whether a thread of the replication runs. */
const RUNS =
  "EXISTS (SELECT 1 FROM performance_schema.replication_connection_status WHERE SERVICE_STATE <> 'OFF' UNION ALL SELECT 1 FROM performance_schema.replication_applier_status WHERE SERVICE_STATE <> 'OFF')";
const IS_SET = 'EXISTS (SELECT 1 FROM performance_schema.replication_connection_configuration)';

const PROCEDURES: Readonly<Record<string, Procedure>> = {
  rds_kill: {
    parameters: 'thread BIGINT',
    body: `IF EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = thread AND USER LIKE 'rdsadmin%') THEN ${refuse('sessions of RDS itself cannot be ended')}; END IF; ${run("CONCAT('KILL ', thread)")}`,
  },
  rds_set_external_source: {
    parameters:
      'host_name VARCHAR(255), host_port INT, user_name TEXT, user_password TEXT, log_file TEXT, log_position BIGINT, ssl_encryption TINYINT',
    body: `IF ${RUNS} THEN ${refuse('stop the replication first')}; END IF; IF CHAR_LENGTH(user_password) > 32 THEN ${refuse('the password is too long')}; END IF; ${run(
      "CONCAT('CHANGE REPLICATION SOURCE TO SOURCE_HOST = ', QUOTE(host_name), ', SOURCE_PORT = ', host_port, ', SOURCE_USER = ', QUOTE(user_name), ', SOURCE_PASSWORD = ', QUOTE(user_password), ', SOURCE_LOG_FILE = ', QUOTE(log_file), ', SOURCE_LOG_POS = ', log_position, ', SOURCE_SSL = ', ssl_encryption)",
    )}`,
  },
  rds_start_replication: {
    parameters: '',
    body: `IF NOT ${IS_SET} THEN ${refuse('no replication is set')}; END IF; ${run("'START REPLICA'")} DO SLEEP(1);`,
  },
  rds_start_replication_until: {
    parameters: 'log_file TEXT, stop_point BIGINT',
    body: `IF ${RUNS} THEN ${refuse('stop the replication first')}; END IF; ${run(
      "CONCAT('START REPLICA UNTIL SOURCE_LOG_FILE = ', QUOTE(log_file), ', SOURCE_LOG_POS = ', stop_point)",
    )} DO SLEEP(1);`,
  },
  rds_stop_replication: {
    parameters: '',
    body: `IF NOT ${IS_SET} THEN ${refuse('no replication is set')}; END IF; ${run("'STOP REPLICA'")} DO SLEEP(1);`,
  },
  rds_reset_external_source: {
    parameters: '',
    body: `IF ${RUNS} THEN ${refuse('stop the replication first')}; END IF; ${run("'RESET REPLICA ALL'")}`,
  },
};

/** What makes those that are not there, for a client that knows `DELIMITER`. */
export const makeProcedures: string = [
  'DELIMITER //',
  ...Object.entries(PROCEDURES).map(
    ([name, { parameters, body }]) =>
      `CREATE DEFINER = 'rdsadmin'@'localhost' PROCEDURE IF NOT EXISTS mysql.${name}(${parameters}) SQL SECURITY DEFINER BEGIN ${body} END//`,
  ),
].join('\n');
