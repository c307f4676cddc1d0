"""绩效运行监控 monitoring service: execution, monitoring reports, warning lights."""
