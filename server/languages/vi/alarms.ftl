# Cảnh báo về trạm và ai đã biết.
alarms-title = Cảnh báo
alarms-hint = Trạm có gì hỏng thì ghi ở đây: từ lúc nào, ai đã biết. Ai mở trang này là đã biết. Ai chưa biết thì gọi cho họ, rồi bấm "Đã báo".
alarms-none = Hiện không có cảnh báo nào. Khi một trạm hỏng hay mất liên lạc, trang này ghi lại từ lúc nào và cần gọi ai.
alarms-over = Đã hết, trong 30 ngày qua
alarms-away = Trạm mất kết nối: máy tắt, mất điện hoặc mất mạng. Máy còn điện thì vẫn phát theo lịch đã nhận.
alarms-since = Từ { $at }
alarms-from-until = Từ { $from } đến { $until }
alarms-nobody-knows = Chưa ai biết.
alarms-nobody-knew = Khi đó không ai biết.
alarms-saw = { $name } đã xem, { $at }
alarms-was-told = { $name } đã được báo ({ $by })
alarms-does-not-know = { $name } chưa biết
alarms-call = Gọi { $name }: { $phone }
error-alarm-over = Cảnh báo này đã hết
    .advice = Không cần báo cho ai nữa. Hãy mở lại trang Cảnh báo để xem còn gì.
alarms-tell = Đã báo { $name }
alarms-unseen = { $count } cảnh báo về trạm mà bạn chưa xem.
alarms-see = Xem, và cần báo cho ai
notice-alarm-told = Đã ghi là người đó đã được báo.

audit-verb-alarm-tell = Báo cảnh báo cho người khác
